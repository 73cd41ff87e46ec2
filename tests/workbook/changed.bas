' Changes cells of a workbook, tells how columns of it then read, and puts back what was: again and again.
'
' The folder has a file asked.txt, a request a line, its parts between tabs:
'   open URL                      opens a workbook, calculated anew
'   show SHEET COLUMN             a column to tell, from 0; its cells are told on a line of said.txt
'   set SHEET COLUMN ROW VALUE    a number for a cell
'   write SHEET COLUMN ROW TEXT   a text for a cell; nothing empties it
'   copy SHEET COLUMN ROW ROW     what a cell of another row holds, for a cell
'   tell                          calculates what the changes reach, tells, and undoes the changes
'   end                           is the last
' The last line of said.txt is "end", or what went wrong: nothing may wait for a click.

Private changed As Long
Private before()

Private Function CellAt(book, part)
  CellAt = book.Sheets.getByName(part(1)).getCellByPosition(CLng(part(2)), CLng(part(3)))
End Function

Private Function Held(cell)
  Select Case cell.Type
  Case com.sun.star.table.CellContentType.FORMULA
    Held = Array("formula", cell.Formula)
  Case com.sun.star.table.CellContentType.VALUE
    Held = Array("value", cell.Value)
  Case Else
    Held = Array("text", cell.String)
  End Select
End Function

Private Sub Fill(cell, content)
  Select Case content(0)
  Case "formula"
    cell.Formula = content(1)
    If cell.Formula <> content(1) Then Error 1000
  Case "value"
    cell.Value = content(1)
  Case Else
    cell.String = content(1)
  End Select
End Sub

Private Sub Keep(cell)
  ReDim Preserve before(changed)
  before(changed) = Array(cell, Held(cell))
  changed = changed + 1
End Sub

Private Sub PutBack()
  Do While changed > 0
    changed = changed - 1
    Fill(before(changed)(0), before(changed)(1))
  Loop
End Sub

Private Function Column(book, part) As String
  Dim page, cursor, rows, told() As String, row As Long
  page = book.Sheets.getByName(part(1))
  cursor = page.createCursor()
  cursor.gotoEndOfUsedArea(True)
  rows = page.getCellRangeByPosition(CLng(part(2)), 0, CLng(part(2)), cursor.RangeAddress.EndRow).getDataArray()
  ReDim told(UBound(rows)) As String
  For row = 0 To UBound(rows)
    told(row) = Replace(Replace(CStr(rows(row)(0)), Chr(9), " "), Chr(10), " ")
  Next
  Column = Join(told, Chr(9))
End Function

Sub Answer(folder As String)
  Dim files, asked, said, book, part, columns(), cell
  Dim index As Long, shown As Long, request As String, hidden(0) As New com.sun.star.beans.PropertyValue
  On Error GoTo Failed
  files = createUnoService("com.sun.star.ucb.SimpleFileAccess")
  said = createUnoService("com.sun.star.io.TextOutputStream")
  said.setOutputStream(files.openFileReadWrite(folder & "/said.txt"))
  said.setEncoding("UTF-8")
  asked = createUnoService("com.sun.star.io.TextInputStream")
  asked.setInputStream(files.openFileRead(folder & "/asked.txt"))
  asked.setEncoding("UTF-8")
  hidden(0).Name = "Hidden"
  hidden(0).Value = True
  Do
    request = asked.readLine()
    part = Split(request, Chr(9))
    Select Case part(0)
    Case "open"
      If Not IsEmpty(book) Then book.close(True)
      book = StarDesktop.loadComponentFromURL(part(1), "_blank", 0, hidden())
      book.enableAutomaticCalculation(False)
      shown = 0
    Case "show"
      ReDim Preserve columns(shown)
      columns(shown) = part
      shown = shown + 1
    Case "set"
      cell = CellAt(book, part)
      Keep(cell)
      cell.Value = Val(part(4))
    Case "write"
      cell = CellAt(book, part)
      Keep(cell)
      cell.String = part(4)
    Case "copy"
      cell = CellAt(book, part)
      Keep(cell)
      Fill(cell, Held(CellAt(book, Array("", part(1), part(2), part(4)))))
    Case "tell"
      book.calculate()
      For index = 0 To shown - 1
        said.writeString(Column(book, columns(index)) & Chr(10))
      Next
      PutBack()
    End Select
  Loop Until request = "end"
  said.writeString("end" & Chr(10))
Finish:
  If Not IsEmpty(said) Then said.closeOutput()
  StarDesktop.terminate()
  Exit Sub
Failed:
  If Not IsEmpty(said) Then said.writeString(request & ": " & Error() & Chr(10))
  Resume Finish
End Sub

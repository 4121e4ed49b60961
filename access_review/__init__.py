"""The access review: what the access model says, as a report and a workbook, and decisions back."""

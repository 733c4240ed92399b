"""What the admin's pages have beyond Django's: widgets with their scripts, filters, panels of the first page."""

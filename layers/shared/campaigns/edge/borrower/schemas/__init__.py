"""What the borrower API takes and answers, a module for each noun."""

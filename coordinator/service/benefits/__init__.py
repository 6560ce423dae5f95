"""Formulas that say who gets what of an income, tried out, adopted, and incomes shared by them."""

"""What a deployment costs: prices as data, how much of each is used, and the bill. It asks AWS nothing.

`bill.py` is the composition: `idle`, `per_thousand_questions`, `per_thousand_documents` and `month`.
"""

"""Documents and figures from plain values: the same content as PDF and as HTML.

``blocks`` holds the document model; ``pdf.to_pdf`` and ``html.to_html`` render it;
``figures`` draws the pictures that go into it. The modules are imported one by one, since
reportlab and matplotlib take long to load.
"""

"""The collect pillar: forms out, deliveries in, and everything that can be wrong with them.

A design gives columns (``columns``), columns give a workbook (``workbook``); workbook, table or
package come back as raw parts (``workbook_reading``, ``tables``, ``package``), and one set of
checks (``checks``, ``timing``) turns every raw part into a typed frame and findings.
"""

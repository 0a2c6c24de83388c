"""The colours of every document and figure.

One accent (deep teal), greys and two signal tints. All text colours reach contrast 4.5:1 on
white and on the tints (WCAG AA). Nothing is told by colour alone, and the marks differ in
lightness too, so that a black-and-white print and a colour-blind reader lose nothing.
"""

INK = "#1F2A33"
MUTED = "#55616D"
FAINT = "#8A949E"
RULE = "#D3D9DE"
PAPER = "#FFFFFF"
BAND = "#F4F6F7"
SHADE = "#F8E8CF"

ACCENT = "#0B5A63"
ACCENT_MID = "#2E7780"
ACCENT_SOFT = "#A9CDD0"
ACCENT_TINT = "#E8F2F3"

WARNING = "#7A4100"
WARNING_TINT = "#FCF3E4"
SUCCESS = "#245A2C"
SUCCESS_TINT = "#EBF4EA"

CALLOUTS = {
    "info": (ACCENT, ACCENT_TINT, "\u2139"),
    "warning": (WARNING, WARNING_TINT, "\u26a0"),
    "success": (SUCCESS, SUCCESS_TINT, "\u2714"),
}
"""Kind of callout: (text and bar colour, ground colour, sign)."""

TONES = {
    "error": ("#8C1D18", "#FCEDEB", "\u2716"),
    "warning": CALLOUTS["warning"],
    "info": CALLOUTS["info"],
}
"""How serious a row of a table is: (text and bar colour, ground colour, sign)."""

BLUE = "#0072B2"
VERMILLION = "#D55E00"
"""Two colours of Okabe & Ito (2008) that nobody confuses; for what is better and worse."""

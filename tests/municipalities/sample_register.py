"""A made-up register in the format GV100AD: one Land, two districts, four places."""


def line(kind, key="", association="", name="", seat="", code="", area=0, population=0, plz=""):
    """Write one record of 220 characters."""
    text = f"{kind}20231130{key:<8}{association:<4}{name:<50}{seat:<50}{code:<2}{'':4}"
    if kind == "60":
        text += f"{area:011d}{population:011d}{0:011d}{'':4}{plz:<5}"
    return text.ljust(220)


LINES = [
    line("10", "01", name="Nordland", seat="Hafenstadt"),
    line("40", "01001", name="Hafenstadt, Stadt", seat="Hafenstadt", code="41"),
    line("50", "01001", "0000", "Hafenstadt, Stadt", code="50"),
    line("60", "01001000", "0000", "Hafenstadt, Stadt", code="61", area=5673, population=120000,
         plz="24001"),
    line("40", "01051", name="Musterkreis", seat="Mühlhausen", code="43"),
    line("50", "01051", "5101", "Amt Musterland", "Mühlhausen", code="51"),
    line("60", "01051001", "5101", "Mühlhausen, St", code="63", area=1234, population=21000,
         plz="24101"),
    line("60", "01051002", "5101", "Süderbach b.Hafenstadt", code="64", area=200, population=900,
         plz="24102"),
    line("40", "01052", name="Küstenland", seat="Hafenstadt", code="44"),
    line("60", "01052001", "0001", "Mühlhausen, M", code="60", area=300, population=4000,
         plz="24103"),
    line("60", "01052999", "9999", "Mühlhausen, gemfr. Gebiet", code="66", area=100),
]  # fmt: skip


def write(path, lines=LINES):
    """Write the lines to a file."""
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path

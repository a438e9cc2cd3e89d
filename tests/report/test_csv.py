"""The CSV report."""

import csv
import io

from ownergraph.audit.results import Report
from ownergraph.report.formats import COLUMNS, render_csv


def test_one_row_a_result(report: Report) -> None:
    expected = (
        "id,rule,title,outcome,severity,basis,state,practice,parties,message,path,questions,authorities,sources,"
        "arrangement,defenses\r\n"
        "FEE-01/pc/NY/mso,FEE-01,Percentage fee where barred,found,critical,law,NY,Coastal PC,manager: Summit,"
        "Summit is paid by Coastal PC on the basis 12% of collections,"
        "Fund III --owns 80%--> Summit --manages (12% of collections)--> Coastal PC | Coastal PC operates in NY,,"
        "8 NYCRR 29.1 [primary] | Educ. Law 6530 [unverified],"
        "Cap table p. 3 (deal.yaml line 12) | deal.xlsx!manages row 2 | not recorded,manages:mso>pc,"
        '"Defense aks_outcomes_based (42 CFR 1001.952(d)(2)) [secondary], relied on by Summit: recorded true '
        'methodology set in advance; recorded false writing; not recorded monitored."\r\n'
        "OWNX-10/pc/NY/-,OWNX-10,Non physician control,undecided,medium,law,NY,Coastal PC,,"
        "Non physician control: not decided on the facts given,,"
        "Who owns Coastal PC? | Counsel must verify the law of NY,,,pc,\r\n"
    )
    assert expected == render_csv(report)


def test_nothing_but_the_header(empty: Report) -> None:
    assert ",".join(COLUMNS) + "\r\n" == render_csv(empty)


def test_no_cell_is_a_formula(hostile: Report) -> None:
    text = render_csv(hostile)
    rows = list(csv.reader(io.StringIO(text, newline="")))
    cells = [cell for row in rows for cell in row]
    assert not [cell for cell in cells if cell.lstrip().startswith(tuple("=+-@"))]
    assert not [c for c in text if c not in "\r\n" and not c.isprintable()]
    assert 2 + 1 == len(rows) == text.count("\r\n") == text.count("\n")  # no name breaks a row
    assert rows[1][COLUMNS.index("practice")] == "'=cmd|'/C calc'!A0�[31m� �"

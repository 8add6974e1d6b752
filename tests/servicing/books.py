"""Small deliveries in the native layout, to be spoilt by tests."""

import gzip

BOOK = {
    "borrowers.csv": (
        "borrower_id,name,national_id,phone\nB1,张三丰,990001198001010019,10000000001\nB2,李四,,10000000002\n"
    ),
    "loans.csv": (
        "loan_id,borrower_id,product,currency,principal,total_due,disbursed_on,written_off_on\n"
        "L1,B1,cash-2,CNY,200,210.00,2026-01-01,\n"
        "L2,B1,flash,CNY,100,105.5,2026-06-01,\n"
        "L3,B2,flash,CNY,100,100,2026-11-01,\n"
    ),
    "instalments.csv": (
        "loan_id,number,due_on,amount\n"
        "L1,1,2026-01-31,105.00\nL1,2,2026-03-02,105.00\nL2,1,2026-07-01,105.50\nL3,1,2026-12-01,100\n"
    ),
    "payments.csv": (
        "loan_id,payment_id,paid_at,amount,origin,outcome,channel,error_code\n"
        "L1,P1,2026-02-02T09:00:00,105,borrower,succeeded,debit-a,\n"
        "L1,P2,2026-03-02T09:00:00,105,borrower,failed,debit-a,no_funds\n"
        "L1,P3,2026-03-02T23:59:59,105,borrower,succeeded,debit-a,\n"
        "L2,P1,2026-06-30T16:30:00Z,105.50,borrower,succeeded,wallet,\n"
        "L3,P1,2026-11-20T10:00:00+08:00,40,borrower,succeeded,wallet,\n"
    ),
    "guarantors.csv": "loan_id,guarantor_id,name,phone\nL1,G1,王五,10000000003\n",
}


def a_book(folder, changes=()):
    """Write the book with (file, old, new) replacements; returns the folder."""
    texts = dict(BOOK)
    for file, old, new in changes:
        assert old in texts[file], f"{old!r} is not in {file}"
        texts[file] = texts[file].replace(old, new)
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def packed(folder):
    for path in list(folder.glob("*.csv")):
        with gzip.open(f"{path}.gz", "wb") as out:
            out.write(path.read_bytes())
        path.unlink()
    return folder

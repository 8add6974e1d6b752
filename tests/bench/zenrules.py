"""The rules in force in zen-engine, one borrower after the other, on features already computed."""

import json

import zen


def table(rules):
    """A decision table that collects what fires: a column a feature, a row a rule."""
    features = sorted({condition.feature for rule in rules for condition in rule.conditions})
    rows = []
    for rule in rules:
        cells = dict.fromkeys(features, "")
        for condition in rule.conditions:
            sign = "==" if condition.op == "=" else condition.op
            cell = f"{sign} {condition.threshold}"
            cells[condition.feature] = f"{cells[condition.feature]} and {cell}".removeprefix(" and ")
        rows.append({"_id": rule.code, "rule": str(rule.number)} | cells)
    content = {
        "hitPolicy": "collect",
        "inputs": [{"id": name, "name": name, "field": name} for name in features],
        "outputs": [{"id": "rule", "name": "rule", "field": "rule"}],
        "rules": rows,
    }
    return {
        "nodes": [
            {"id": "in", "type": "inputNode", "name": "in"},
            {"id": "table", "type": "decisionTableNode", "name": "table", "content": content},
            {"id": "out", "type": "outputNode", "name": "out"},
        ],
        "edges": [
            {"id": "1", "sourceId": "in", "targetId": "table", "type": "edge"},
            {"id": "2", "sourceId": "table", "targetId": "out", "type": "edge"},
        ],
    }


def by_table(rules):
    """A function from features to the numbers of the rules that fire."""
    decision = zen.ZenEngine().create_decision(json.dumps(table(rules)))
    return lambda features: [row["rule"] for row in decision.evaluate(features)["result"]]


def by_expressions(rules):
    """The same with an expression a rule, compiled once."""
    compiled = [(rule.number, zen.compile_expression(expression(rule))) for rule in rules]
    return lambda features: [number for number, each in compiled if each.evaluate(features)]


def expression(rule):
    """What is not known makes no rule fire."""
    return " and ".join(
        f"{c.feature} != null and {c.feature} {'==' if c.op == '=' else c.op} {c.threshold}"
        for c in rule.conditions
    )

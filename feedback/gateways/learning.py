"""Scikit-learn at arm's length: only what trains imports it, and what it learned leaves as plain numbers."""

from typing import NamedTuple

from feedback.domain.topics import Learned, grams

FOLDS = 5
# So that the same feedback gives the same model.
SEED = 0
DIGITS = 4


class NothingShared(Exception):
    """No word stands in enough of the texts."""


class Trial(NamedTuple):
    """How the method did on texts that it had not seen: `confusion[i][j]` texts of topic i were called j."""

    topics: list[str]
    confusion: list[list[int]]
    accuracy: float
    low: float
    high: float
    macro_f1: float
    baseline: float


def method(*, words, shared):
    """The method: up to `words` grams that `shared` texts or more have in common, and a linear model."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    return make_pipeline(
        TfidfVectorizer(analyzer=grams, min_df=shared, max_features=words, sublinear_tf=True),
        LogisticRegression(C=10, class_weight="balanced", max_iter=1000),
    )


def fitted(texts, topics, **sizes):
    """The method trained on all texts, its numbers rounded to what is kept of them."""
    model = method(**sizes).fit(texts, topics)
    counter, judge = model.steps[0][1], model.steps[1][1]
    counter.idf_ = counter.idf_.round(DIGITS)
    judge.coef_, judge.intercept_ = judge.coef_.round(DIGITS), judge.intercept_.round(DIGITS)
    return model


def learned(model):
    """What a trained method knows, as plain numbers."""
    counter, judge = model.steps[0][1], model.steps[1][1]
    weights, begins = judge.coef_.tolist(), judge.intercept_.tolist()
    if len(weights) == 1:
        # Of two topics one row tells both.
        weights = [[-weight for weight in weights[0]], weights[0]]
        begins = [-begins[0], begins[0]]
    columns = zip(counter.get_feature_names_out().tolist(), counter.idf_.tolist(), *weights, strict=True)
    return Learned(tuple(judge.classes_.tolist()), tuple(begins), {gram: list(row) for gram, *row in columns})


def tried(texts, topics, people, **sizes):
    """A Trial: each text is judged by a model that saw neither it nor any other text of the same person."""
    from scipy.stats import binomtest
    from sklearn.metrics import confusion_matrix, f1_score
    from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict

    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=SEED)
    judge = method(**sizes)
    try:
        said = cross_val_predict(judge, texts, topics, groups=people, cv=folds)
    except ValueError as error:
        if "no terms remain" not in str(error).lower():
            raise
        raise NothingShared from error
    names = sorted(set(topics))
    confusion = confusion_matrix(topics, said, labels=names).tolist()
    right = sum(confusion[n][n] for n in range(len(names)))
    interval = binomtest(right, len(texts)).proportion_ci(method="wilson")
    return Trial(
        names,
        confusion,
        right / len(texts),
        float(interval.low),
        float(interval.high),
        float(f1_score(topics, said, labels=names, average="macro", zero_division=0)),
        max(map(topics.count, names)) / len(texts),
    )

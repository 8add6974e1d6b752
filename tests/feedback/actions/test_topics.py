"""Topics: learned from what people decided, suggested, and decided by a person."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from feedback.actions import topics
from feedback.models import Topic, TopicModel
from servicing.actions import ledger
from servicing.models import Period, Restriction
from tests import stories
from tests.cast import NOON, TODAY
from tests.feedback.said import LABELLED, a_response, labelled

pytestmark = pytest.mark.django_db


@pytest.fixture
def offered(hua):
    return [topics.add(name=name, by=hua, at=NOON) for name in ("扣款", "征信", "催收")]


@pytest.fixture
def model(lin, clock, offered):
    labelled(lin)
    return topics.train(by=clock, at=NOON)


def test_too_little_is_refused_with_how_much_it_takes(lin, clock):
    labelled(lin, LABELLED[:30])
    with pytest.raises(topics.TooLittle) as refused:
        topics.train(by=clock, at=NOON)
    assert (refused.value.counts, refused.value.least) == ({"扣款": 24, "征信": 6}, 20)
    assert not TopicModel.objects.exists()
    with pytest.raises(CommandError, match=r"20 different responses each.*征信 6"):
        call_command("train_topics")


def test_texts_that_share_no_word_teach_nothing(clock):
    rows = [(chr(0x4E00 + n), "ab"[n % 2], n) for n in range(80)]
    with pytest.raises(topics.TooLittle):
        topics.learn(rows, on=TODAY)


def test_one_persons_many_words_are_not_many_people(lin):
    person = stories.a_borrower()
    for words, topic, _whose in LABELLED:
        a_response(words, topic=topic, topic_by=lin, topic_at=NOON, borrower=person)
    with pytest.raises(topics.TooLittle):
        topics.learn(topics.labelled(on=TODAY), on=TODAY)


def test_who_is_only_kept_teaches_nothing(lin, pei):
    person = stories.a_borrower()
    a_response("银行卡扣款", topic="扣款", topic_by=lin, topic_at=NOON, borrower=person)
    assert len(topics.labelled(on=TODAY)) == 1
    Restriction.objects.create(
        borrower=person, ground="erasure", reason="they asked for it", from_on=TODAY, by=pei, at=NOON
    )
    assert topics.labelled(on=TODAY) == []


def test_a_rare_topic_is_left_out_and_named(lin, clock):
    labelled(lin, [*LABELLED, ("没有短信验证码", "验证码", "p")])
    model = topics.train(by=clock, at=NOON)
    assert (model.left_out, model.responses) == ({"验证码": 1}, 72)
    assert model.trial["topics"] == sorted({"扣款", "征信", "催收"})
    assert model.accuracy > 0.9 > model.baseline
    assert ledger.latest(model).detail == {
        "responses": 72,
        "accuracy": round(model.accuracy, 3),
        "topics": 3,
    }


def test_a_suggestion_decides_nothing_and_a_person_does(model, lin):
    response = a_response("我的卡被自动扣款了两次")
    found = topics.suggest(response.words)
    assert (found.topic, found.model) == ("扣款", model)
    assert found.right > 0.8
    response.refresh_from_db()
    assert response.topic == ""
    decided = topics.decide(response=response, topic="催收", by=lin, at=NOON)
    assert (decided.topic, decided.topic_suggested, decided.topic_by) == ("催收", "扣款", lin)
    assert ledger.latest(response).detail == {"topic": "催收", "suggested": "扣款", "model": model.pk}
    topics.decide(response=response, topic="催收", by=lin, at=NOON)
    again = topics.decide(response=response, topic="征信", by=lin, at=NOON)
    assert ledger.latest(response).detail["before"] == "催收"
    assert again.topic == "征信"


def test_nothing_is_suggested_without_a_known_word_or_a_topic_that_is_offered(model, hua):
    assert topics.suggest("zzz 12345") is None
    topics.retire(topic=Topic.objects.get(name="扣款"), by=hua, at=NOON)
    assert topics.suggest("自动扣款失败了") is None


def test_a_model_no_better_than_a_guess_is_kept_and_silent(model):
    TopicModel.objects.filter(pk=model.pk).update(low=0.2, accuracy=0.4, baseline=0.34)
    assert topics.suggest("自动扣款失败了") is None


@pytest.mark.parametrize("name", ["", " ", "a\tb", "x" * 33, "13800138000", "a\u202eb"])
def test_a_topic_is_a_short_word_and_no_number_of_a_person(hua, name):
    with pytest.raises(topics.NotAllowed, match="name"):
        topics.add(name=name, by=hua, at=NOON)


def test_the_list_is_the_leads_and_nobody_decides_outside_it(offered, lin, hua, max_):
    with pytest.raises(topics.NotAllowed, match="there"):
        topics.add(name="扣款", by=hua, at=NOON)
    with pytest.raises(topics.NotAllowed, match="right"):
        topics.add(name="其他", by=lin, at=NOON)
    with pytest.raises(topics.NotAllowed, match="right"):
        topics.retire(topic=offered[0], by=lin, at=NOON)
    topics.retire(topic=offered[0], by=hua, at=NOON)
    with pytest.raises(topics.NotAllowed, match="unknown"):
        topics.decide(response=a_response("x"), topic="扣款", by=lin, at=NOON)
    with pytest.raises(topics.NotAllowed, match="right"):
        topics.decide(response=a_response("x"), topic="征信", by=max_, at=NOON)
    topics.bring_back(topic=offered[0], by=hua, at=NOON)
    topics.bring_back(topic=offered[0], by=hua, at=NOON)
    assert ledger.latest(offered[0]).what == "topic.brought_back"
    assert [topic.name for topic in Topic.objects.offered()] == ["催收", "征信", "扣款"]


def test_a_file_is_only_tried(tmp_path):
    path, out = tmp_path / "labelled.csv", StringIO()
    path.write_text("text,topic\n" + "".join(f"{words},{topic}\n" for words, topic, _ in LABELLED))
    call_command("train_topics", file=str(path), stdout=out)
    assert "Learned from 72 responses with 3 topics." in out.getvalue()
    assert not TopicModel.objects.exists()
    path.write_text("words,label\na,b\n")
    with pytest.raises(CommandError, match="columns text and topic"):
        call_command("train_topics", file=str(path))


def test_how_much_is_read_is_a_setting(lin):
    labelled(lin)
    Period.objects.create(code="topic.most", value=10, citation="test", valid_from=TODAY)
    assert len(topics.labelled(on=TODAY)) == 10

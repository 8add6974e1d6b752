from servicing.models import Reason


def test_a_number_is_refused_without_a_limit_that_is_not_the_one_of_its_column():
    assert not any(sign.isdigit() and sign != "1" for sign in str(Reason.BAD_NUMBER.label))

"""What people enter; forms validate, actions write."""

from feedback.forms.improvements import (
    BeginForm,
    DropForm,
    FixForm,
    HandOverForm,
    NameForm,
    SignatureForm,
)
from feedback.forms.topics import TopicForm

__all__ = [
    "BeginForm",
    "DropForm",
    "FixForm",
    "HandOverForm",
    "NameForm",
    "SignatureForm",
    "TopicForm",
]

"""What people enter; forms validate, actions write."""

from feedback.forms.improvements import BeginForm, DropForm, FixForm, NameForm, OwnerForm, SignatureForm
from feedback.forms.responses import (
    AnswerForm,
    ComplexForm,
    ExtendForm,
    FindForm,
    HandOverForm,
    IdentifyForm,
    LogForm,
    MergeForm,
    NoteForm,
    PhoneForm,
    PromiseForm,
    TopicForm,
    VerifyForm,
)

__all__ = [
    "AnswerForm",
    "BeginForm",
    "ComplexForm",
    "DropForm",
    "ExtendForm",
    "FindForm",
    "FixForm",
    "HandOverForm",
    "IdentifyForm",
    "LogForm",
    "MergeForm",
    "NameForm",
    "NoteForm",
    "OwnerForm",
    "PhoneForm",
    "PromiseForm",
    "SignatureForm",
    "TopicForm",
    "VerifyForm",
]

"""Input of servicing: checked here, acted on elsewhere."""

from servicing.forms.archive import OverrideForm, RevokeForm, StepForm, VerifyForm
from servicing.forms.bureau import EndForm
from servicing.forms.controls import DeputyForm, RefuseForm, RoleForm, ThresholdForm
from servicing.forms.exports import ExportForm, TraceForm
from servicing.forms.feed import MendForm, PassForm
from servicing.forms.intake import ImportForm, RowsForm, UndoForm, WithdrawForm
from servicing.forms.privacy import RevealForm
from servicing.forms.processing import ConsentForm, LiftForm, RestrictForm
from servicing.forms.staff import ViewForm

__all__ = [
    "ConsentForm",
    "DeputyForm",
    "EndForm",
    "ExportForm",
    "ImportForm",
    "LiftForm",
    "MendForm",
    "OverrideForm",
    "PassForm",
    "RefuseForm",
    "RestrictForm",
    "RevealForm",
    "RevokeForm",
    "RoleForm",
    "RowsForm",
    "StepForm",
    "ThresholdForm",
    "TraceForm",
    "UndoForm",
    "VerifyForm",
    "ViewForm",
    "WithdrawForm",
]

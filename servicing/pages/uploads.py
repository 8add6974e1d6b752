"""Files on their way in through the browser are sealed as they arrive."""

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile, StopUpload

from servicing.actions import privacy
from servicing.gateways import files

# Of one request, all files together.
LARGEST = 4 << 30
RIGHT = "import.stage"


class SealedFile(UploadedFile):
    """An uploaded file, sealed on our disk; it is gone with the request unless somebody keeps it."""

    def __init__(self, sealed, *, name, content_type):
        super().__init__(file=None, name=name, content_type=content_type, size=sealed.size)
        self.sealed, self.is_kept = sealed, False

    def keep(self):
        """The sealed file, from now on in the care of the caller."""
        self.is_kept = True
        return self.sealed

    def close(self):
        if not self.is_kept:
            self.sealed.remove()


class SealedUpload(FileUploadHandler):
    """Seals what arrives, from people who may send files; what others send is passed over."""

    def __init__(self, request=None):
        super().__init__(request)
        self.writer: files.Writer | None = None
        self.total = 0
        # What breaks off is closed by Django through this name.
        self.file = self

    def new_file(self, *args, **kwargs):
        super().new_file(*args, **kwargs)
        person = getattr(self.request, "user", None)
        if person is None or not person.is_authenticated or not person.may(RIGHT):
            raise SkipFile
        self.writer = files.Writer(privacy.keyring())

    def receive_data_chunk(self, raw_data, start):
        assert self.writer  # noqa: S101 - Django calls new_file first
        self.total += len(raw_data)
        if self.total > LARGEST:
            self.upload_interrupted()
            raise StopUpload(connection_reset=True)
        self.writer.write(raw_data)

    def file_complete(self, file_size):
        assert self.writer  # noqa: S101 - Django calls new_file first
        sealed, self.writer = self.writer.close(), None
        return SealedFile(sealed, name=self.file_name, content_type=self.content_type)

    def close(self):
        self.upload_interrupted()

    def upload_interrupted(self):
        if self.writer:
            self.writer.drop()
            self.writer = None

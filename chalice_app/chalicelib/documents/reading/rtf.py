"""Rich text: its paragraphs and the rows of its tables."""

from striprtf.striprtf import rtf_to_text

from chalicelib.documents.extracted import Builder, Extracted


def read(data: bytes) -> Extracted:
    text: str = rtf_to_text(data.decode("latin-1"), errors="replace")  # type: ignore[no-untyped-call]
    builder = Builder()
    builder.paragraph(text)
    return builder.build()

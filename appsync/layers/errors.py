"""Why a layer could not be built, in a sentence for a person."""


class LayerFailed(Exception):
    """Raised when a layer cannot be built here."""


class PackageTooLarge(LayerFailed):
    """Raised when layers exceed the limit; names them, the total, and the package that grew most."""

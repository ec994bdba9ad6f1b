"""Lists of prints, synthesis, benchmarks and training: what cannot be done as asked."""

from __future__ import annotations

from biomatch.errors.base import BadInput, Conflict


def reason_of(error: Exception) -> str:
    """Says in words why a file could not be read, without the system's error number and Python's error name."""
    if isinstance(error, OSError):
        return error.strerror or "it cannot be read"
    return "it is not text in UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)


class BadManifest(BadInput):
    code = "bad-manifest"

    def __init__(self, path: str, reason: str):
        super().__init__(
            f"the list of prints {path} cannot be used: {reason}; give a CSV file that begins with a line of column names",
            path=path,
            reason=reason,
        )

    @classmethod
    def because(cls, path: str, error: Exception) -> BadManifest:
        """Makes the error from what reading the file raised: OSError, UnicodeDecodeError or csv.Error."""
        return cls(path, reason_of(error))


class PersonNotNamed(BadInput):
    code = "person-not-named"

    def __init__(self, path: str, person: str):
        super().__init__(
            f"{path} does not say whose print it is: a camera, a scanner or a finger gives names such as '{person}'; say it "
            "with --person, or write files and persons into a list for --manifest",
            path=path,
            person=person,
        )


class NothingToDo(BadInput):
    code = "nothing-to-do"


class ModelNotHeldOut(BadInput):
    code = "model-not-held-out"

    def __init__(self, model: str, set_name: str, reason: str):
        super().__init__(
            f"model '{model}' is not proven to be held out from set '{set_name}': {reason}; train it anew with `biomatch train "
            "--folds`, beginning with no network that has seen the set",
            model=model,
            set=set_name,
            reason=reason,
        )


class FileEmpty(BadInput):
    code = "file-empty"

    def __init__(self, path: str):
        super().__init__(f"{path} is empty; copy it again from where it came from, or name another file", path=path)


class FileUnreadable(BadInput):
    code = "file-unreadable"

    def __init__(self, path: str, reason: str):
        super().__init__(f"{path} could not be read: {reason}; check the path and its permissions", path=path, reason=reason)


class FileUnwritable(BadInput):
    code = "file-unwritable"

    def __init__(self, path: str, reason: str):
        super().__init__(f"{path} could not be written: {reason}; choose another place", path=path, reason=reason)


class BadRate(BadInput):
    code = "bad-rate"

    def __init__(self, rate: float):
        super().__init__(f"{rate:g} is not an error rate; give a share above 0 and at most 1, such as 0.001", rate=rate)


class BadLifetime(BadInput):
    code = "bad-lifetime"

    def __init__(self, days: float, most: int):
        super().__init__(
            f"a token cannot be good for {days:g} days; give more than 0 and at most {most:,}", days=str(days), most=most
        )


class UnknownName(BadInput):
    code = "unknown-name"

    def __init__(self, what: str, name: str, known: list[str]):
        super().__init__(f"'{name}' is no {what}; there are {', '.join(known)}", what=what, name=name)


class BadDay(BadInput):
    code = "bad-day"

    def __init__(self, option: str, text: str):
        super().__init__(
            f"'{text}' after {option} is no day of the past; write year, month and day, such as 1980-05-21",
            option=option,
            text=text,
        )


class BadRange(BadInput):
    code = "bad-range"

    def __init__(self, option: str, text: str, example: str):
        super().__init__(
            f"'{text}' after {option} is no range; write its ends with .. between, the lower first, such as {example}",
            option=option,
            text=text,
        )


class ImpossibleSynthesis(BadInput):
    code = "impossible-synthesis"

    def __init__(self, what: str, value: str, possible: str):
        super().__init__(f"{what} cannot be {value}; give {possible}", what=what, value=value)


class SynthesisExists(Conflict):
    code = "synthesis-exists"

    def __init__(self, folder: str):
        super().__init__(f"{folder} already holds all of these prints; choose another folder to make them again", folder=folder)


class OtherSynthesis(Conflict):
    code = "other-synthesis"

    def __init__(self, folder: str, what: str):
        super().__init__(
            f"{folder} was begun otherwise: with {what}; choose another folder, or remove it", folder=folder, what=what
        )


class ResultExists(Conflict):
    code = "result-exists"

    def __init__(self, path: str):
        super().__init__(f"{path} is there already; give another folder with --out, or --replace", path=path)


class BadBaseline(BadInput):
    code = "bad-baseline"

    def __init__(self, path: str, reason: str):
        super().__init__(
            f"{path} cannot be compared with: {reason}; give a JSON file that the same benchmark wrote",
            path=path,
            reason=reason,
        )


class BadSize(BadInput):
    code = "bad-size"

    def __init__(self, what: str, value: str, reason: str):
        super().__init__(f"{what} cannot be {value}: {reason}; --help lists what can be given", what=what, value=value)


class PeerMissing(BadInput):
    code = "peer-missing"

    def __init__(self, name: str):
        super().__init__(f"{name} is not installed, and this measures it; run pip install 'biomatch[bench]'", name=name)


class ExtraMissing(BadInput):
    code = "extra-missing"

    def __init__(self, package: str, extra: str):
        super().__init__(f"{package} is not installed; run pip install 'biomatch[{extra}]'", package=package, extra=extra)

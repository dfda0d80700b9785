"""What `rename` and `new` take. Imported by tasks.py, thus by Python 3.7, too."""

import inspect
from typing import Any

# What a project says of itself.
OWN = {
    "author": "who wrote it",
    "email": "the author's e-mail address",
    "url": "its address on the web",
    "description": "what it does, in a sentence",
    "version": "its version, such as 0.1",
    "python": "the Pythons that the package supports, such as >=3.11",
    "license": "MIT, Proprietary, or a file with the text",
    "year": "the year in LICENSE",
}
HELP = {
    **OWN,
    "bare": "leave out the example, and the files for editors, releases and scheduled jobs",
    "force": "even if something isn't committed",
    "name": "what to call it: churn-lab, and the package is churn_lab",
    "path": "the folder to make",
    "setup": "set it up and test it (--no-setup: leave it at that)",
}


def with_own(function: Any) -> Any:
    """Return a task with an option for each of OWN in the place of **own; None is “not given”."""
    *parameters, own = inspect.signature(function).parameters.values()
    parameters += [own.replace(name=name, kind=own.KEYWORD_ONLY, default=None) for name in OWN]
    function.__signature__ = inspect.Signature(parameters)
    return function

import inspect

import lctrack_uploaders


def test_all_is_sorted_and_complete() -> None:
    public = {
        name
        for name, value in vars(lctrack_uploaders).items()
        if not name.startswith("_") and not inspect.ismodule(value)
    }

    assert lctrack_uploaders.__all__ == sorted(public | {"__version__"})

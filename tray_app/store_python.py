"""Python from the Microsoft Store: Windows keeps what its programs write below AppData, and in the registry, for them.

Other programs see none of it: an entry of the Run key starts nothing, a launcher cannot be found by an agent.
"""

import sys


def is_store_python(base_prefix: str = sys.base_prefix) -> bool:
    """Whether this Python, or the one below this environment, is the Store's."""
    return "\\windowsapps\\pythonsoftwarefoundation." in base_prefix.lower()

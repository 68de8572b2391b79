"""What a statement about a customer is about, when only one such statement can hold at a time.

Read from its words alone, so that what came through the API, from a model and from the rules can be compared. A
statement whose attribute is not certain has none: then nothing can retire it but its own denial.
"""

from regulars.domain.attributes.form import Attribute
from regulars.domain.attributes.reading import CLOSED, NAME, attribute_of, given, key_of, names_of

__all__ = ["CLOSED", "NAME", "Attribute", "attribute_of", "given", "key_of", "names_of"]

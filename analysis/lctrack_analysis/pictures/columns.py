"""The columns that spaCy fills."""

from lctrack_analysis.schema import Column

__all__ = ["ANNOTATION", "COUNTS", "PICTURES"]

PICTURES = (
    Column("dependency_tree", "VARCHAR", "file with the picture of its dependencies (see [pictures](pictures.md))"),
    Column("entities", "VARCHAR", "file with the picture of its entities"),
)
"""Names of files in the directory of pictures, as LangChain's trackers name columns and files."""

COUNTS = (
    Column("spacy_tokens", "BIGINT", "tokens as spaCy cuts them (null unless spaCy was asked for)"),
    Column("spacy_entities", "BIGINT", "named entities that the model found"),
    Column("spacy_entity_labels", "JSON", "how many entities of each label, such as `PERSON`"),
    Column("spacy_pos", "JSON", "how many tokens of each part of speech, such as `NOUN`"),
)
"""What is counted in a text; null where the model has no part for it."""

ANNOTATION = (
    Column("spacy_model", "VARCHAR", "name and version of the spaCy model that looked at it"),
    *COUNTS,
    *PICTURES,
)
"""All of them, as `generations` has them."""

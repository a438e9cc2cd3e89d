"""Files in: YAML, JSON, CSV, XLSX and Parquet, checked against the models, every problem at once."""

from ownergraph.ingest.reader import read
from ownergraph.model.structure import InputError, Structure

__all__ = ["InputError", "Structure", "read"]

"""The version of ownergraph."""

VERSION = "0.1.0"

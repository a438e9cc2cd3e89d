"""How the manager is paid."""

"""The structure chart: what is drawn, where, and the page that holds it."""

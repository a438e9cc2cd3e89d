"""Loops of money and referrals as enforcement has shown them: patterns, never law by themselves."""

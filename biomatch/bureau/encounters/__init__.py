"""Encounters: their enrolment, reading, change and removal."""

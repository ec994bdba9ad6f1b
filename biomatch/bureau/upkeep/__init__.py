"""The upkeep of a gallery's folder: its condition, backups, keys, export, audit tree and calibration."""

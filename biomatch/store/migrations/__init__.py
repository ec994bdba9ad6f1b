"""The layout's history. A folder of any earlier version is brought to this one when it is opened."""

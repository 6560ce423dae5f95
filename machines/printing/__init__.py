"""Filament printing: profiles, the slicer's configuration, time and material before slicing, calibration."""

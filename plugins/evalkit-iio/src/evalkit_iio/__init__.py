"""Project types of InnovatieImpuls Onderwijs (IIO), for evalkit."""

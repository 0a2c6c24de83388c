"""The project type of data teams, for evalkit."""

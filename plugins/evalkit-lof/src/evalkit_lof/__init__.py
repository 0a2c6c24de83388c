"""The project type of the LerarenOntwikkelFonds (LOF), for evalkit."""

"""From protocol, project type and project to an evaluation design."""

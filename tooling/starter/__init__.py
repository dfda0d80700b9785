"""What makes the template a project of one's own, and updates that. Only the template has it."""

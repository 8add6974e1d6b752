"""What we owe the customer: responses, improvements, loyalty. Nothing stands here yet but the name."""

"""What happens in a scene: who moves how, and what that sets off."""

"""The reference model: a small Sora-like latent diffusion transformer."""

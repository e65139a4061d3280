"""Video pipelines of diffusers as models; what one takes is read from its call, not from a list of names."""

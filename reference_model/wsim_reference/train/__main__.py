"""`python -m wsim_reference.train`."""

from wsim_reference.train.command import main

if __name__ == "__main__":
    main()

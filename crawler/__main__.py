"""`python -m crawler`: the same as `holdfast`."""

from crawler.cli.main import main

if __name__ == "__main__":
    main()

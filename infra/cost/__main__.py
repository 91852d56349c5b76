"""`python -m infra.cost`."""

from infra.cost.month import main

if __name__ == "__main__":
    main()

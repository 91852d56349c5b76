"""`python -m infra.deploy`."""

from infra.deploy.commands import main

if __name__ == "__main__":
    main()

"""Settings: `vitals.yaml` for the business (what is measured), `VITALS_*` for the deployment (where it runs)."""

"""`vitals replay`: the engine over files, with no broker and no clock."""

"""One file per term of the objective, behind two small interfaces."""

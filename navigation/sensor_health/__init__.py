"""Which of the body's sensors are to be believed, and what is wrong with the others."""

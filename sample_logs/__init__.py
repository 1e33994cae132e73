"""Recordings of real LangChain applications, and the script that makes them."""

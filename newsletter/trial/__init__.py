"""What a preview lets people try: other days, other papers, other colours, an editor's word."""
